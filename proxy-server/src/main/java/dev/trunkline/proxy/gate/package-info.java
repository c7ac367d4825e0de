/** Where new transactions of a scope are held while it is paused, and how the scope drains. */
package dev.trunkline.proxy.gate;
