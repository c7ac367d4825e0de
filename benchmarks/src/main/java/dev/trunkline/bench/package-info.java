/** The demo: a small cluster of real PostgreSQL servers with the proxy in front of it. */
package dev.trunkline.bench;
