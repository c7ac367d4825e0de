/** Load on the whole proxy in front of real servers: many clients, faults, and what must hold. */
package dev.trunkline.proxy.storm;
