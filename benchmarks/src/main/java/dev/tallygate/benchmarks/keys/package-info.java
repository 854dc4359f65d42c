/** What it takes to find out whose key a request presents. JMH; never shipped. */
@NullMarked
package dev.tallygate.benchmarks.keys;

import org.jspecify.annotations.NullMarked;
