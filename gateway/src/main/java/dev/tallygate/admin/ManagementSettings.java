package dev.tallygate.admin;

import dev.tallygate.model.Secret;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * What the management port is told.
 *
 * @param address where to listen; port 0 takes a free one
 * @param adminToken signs in; null: neither admin API nor dashboard
 */
public record ManagementSettings(InetSocketAddress address, @Nullable Secret adminToken) {}
