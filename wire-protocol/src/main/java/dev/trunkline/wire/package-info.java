/**
 * The PostgreSQL frontend/backend protocol as bytes and messages: no channel, no thread, no logger.
 */
package dev.trunkline.wire;
