/** Connections of applications: startup, the conversation, and what the proxy answers itself. */
package dev.trunkline.proxy.client;
