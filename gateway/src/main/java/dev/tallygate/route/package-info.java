/**
 * Decides where a call goes: target path to upstream, key and requested model to the model used.
 * Pure functions; imports {@code model} only.
 */
@NullMarked
package dev.tallygate.route;

import org.jspecify.annotations.NullMarked;
