/**
 * What black-box tests are made of: a scriptable upstream, a client that sees every byte, key files
 * and the official SDKs' calls. Knows nothing of the gateway's code but {@code model} and {@code
 * demo}. Everything that waits has a deadline.
 */
@NullMarked
package dev.tallygate.testkit;

import org.jspecify.annotations.NullMarked;
