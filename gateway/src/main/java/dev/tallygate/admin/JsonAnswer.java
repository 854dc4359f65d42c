package dev.tallygate.admin;

/** A JSON answer that is made elsewhere, body in UTF-8. */
public record JsonAnswer(int status, byte[] body) {}
