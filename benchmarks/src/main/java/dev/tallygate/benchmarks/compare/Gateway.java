package dev.tallygate.benchmarks.compare;

/**
 * A contender that runs.
 *
 * @param server the upstream itself where there is no gateway
 */
record Gateway(Contender contender, Server server) {}
