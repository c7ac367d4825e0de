/** The link between a client and a leased server connection. */
package dev.trunkline.proxy.relay;
