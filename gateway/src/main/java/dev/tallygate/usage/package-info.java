/**
 * Reads token counts out of passing bodies and defines the ledger that records them. Imports {@code
 * model} only. An extractor is confined to the event loop of its exchange.
 */
@NullMarked
package dev.tallygate.usage;

import org.jspecify.annotations.NullMarked;
