package dev.tallygate.admin;

import java.util.function.Supplier;

/**
 * What the management port works with.
 *
 * @param health what {@code GET /health} answers
 * @param metrics what {@code GET /metrics} answers
 * @param admin what the admin API works with, where there is one
 */
public record ManagementParts(Supplier<JsonAnswer> health, MetricsPage metrics, AdminParts admin) {}
