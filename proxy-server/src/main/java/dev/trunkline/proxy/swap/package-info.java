/** Pausing a scope, and moving hosts, shards and workspaces to another home under load. */
package dev.trunkline.proxy.swap;
