/** The proxy as a whole: start, wiring, stop. */
package dev.trunkline.proxy;
