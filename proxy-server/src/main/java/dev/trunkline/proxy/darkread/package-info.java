/** Repeats a sample of reads on another home, and compares the answers. */
package dev.trunkline.proxy.darkread;
