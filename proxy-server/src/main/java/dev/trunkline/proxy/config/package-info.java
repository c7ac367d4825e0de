/** The configuration: declared settings, the immutable model, and the file it is read from. */
package dev.trunkline.proxy.config;
