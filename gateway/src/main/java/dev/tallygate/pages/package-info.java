/**
 * The files of the web pages and the headers they are served with, for whoever serves them. Imports
 * nothing of the project; immutable, so any thread may use it.
 */
@NullMarked
package dev.tallygate.pages;

import org.jspecify.annotations.NullMarked;
