/** What is counted, where it is logged, and the endpoint it is scraped from. */
package dev.trunkline.proxy.metrics;
