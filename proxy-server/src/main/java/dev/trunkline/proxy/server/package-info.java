/** Connections to PostgreSQL: opening, logging in, and the protocol state of each. */
package dev.trunkline.proxy.server;
