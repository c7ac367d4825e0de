/** The SQL console: commands, views, and the two ports the proxy implements. */
package dev.trunkline.admin;
