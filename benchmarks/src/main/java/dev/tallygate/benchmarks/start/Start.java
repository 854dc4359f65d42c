package dev.tallygate.benchmarks.start;

/**
 * One start of the gateway.
 *
 * @param millis from the start of the launcher to the last byte of the first answer
 * @param residentMegabytes of the process, two seconds later
 */
record Start(double millis, double residentMegabytes) {}
