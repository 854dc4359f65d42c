/**
 * Decides whether a key still has tokens, requests and slots left. Imports {@code model} only.
 * Entered by all event loops; every decision is a short critical section on one key's state.
 */
@NullMarked
package dev.tallygate.quota;

import org.jspecify.annotations.NullMarked;
