/**
 * A key definition as JSON, one way for all who administer keys: the fields that are taken, what is
 * wrong with them, and what is shown. Imports {@code auth} and {@code model}; knows neither HTTP
 * nor the key file, whose entries have rules of their own. Everything is confined to one thread or
 * stateless.
 */
@NullMarked
package dev.tallygate.keys;

import org.jspecify.annotations.NullMarked;
