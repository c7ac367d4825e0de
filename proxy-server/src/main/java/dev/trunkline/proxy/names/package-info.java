/** The addresses behind the names of servers. */
package dev.trunkline.proxy.names;
