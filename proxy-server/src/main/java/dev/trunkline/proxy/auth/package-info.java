/**
 * Who may come in, and how the proxy proves itself to PostgreSQL: stored secrets, the logins on
 * both sides, and TLS.
 *
 * <p>The logins are state machines of one event loop each. PBKDF2 is the only slow work; it runs on
 * the bounded workers of {@link dev.trunkline.proxy.auth.LoginContext} and its result is posted
 * back.
 */
package dev.trunkline.proxy.auth;
