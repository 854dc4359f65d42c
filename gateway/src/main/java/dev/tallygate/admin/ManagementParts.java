package dev.tallygate.admin;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the management port works with.
 *
 * @param health what {@code GET /health} answers
 * @param metrics what {@code GET /metrics} answers, or null where there is none
 * @param admin what the admin API works with, where there is one
 */
public record ManagementParts(
    Supplier<JsonAnswer> health, @Nullable MetricsPage metrics, AdminParts admin) {}
