package dev.tallygate.admin;

import tools.jackson.databind.JsonNode;

/** An answer that is made elsewhere. */
public record JsonAnswer(int status, JsonNode body) {}
