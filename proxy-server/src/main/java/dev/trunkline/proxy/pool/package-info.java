/** Server connections shared by clients: one pool per host, database and user. */
package dev.trunkline.proxy.pool;
