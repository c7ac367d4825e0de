/** Comparison with the real PgBouncer: one script, two proxies, every difference known. */
package dev.trunkline.proxy.compat;
