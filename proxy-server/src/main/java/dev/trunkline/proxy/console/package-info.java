/** The admin console's ports: what it sees of the running proxy, and what it does to it. */
package dev.trunkline.proxy.console;
