/** From a workspace to a host and a search_path, or to a clear refusal. */
package dev.trunkline.proxy.route;
