package dev.tallygate.proxy;

import java.time.Duration;

/**
 * How long an upstream may take; there is no limit on the whole of a call.
 *
 * @param connect until a connection is usable: name, TCP and TLS together
 * @param header until the answer's head, from when the request was sent
 * @param idle between two reads of the answer, and how long a client may read nothing
 */
public record RelayTimeouts(Duration connect, Duration header, Duration idle) {}
