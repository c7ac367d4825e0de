package dev.trunkline.proxy;

import java.io.Serializable;

/** The primary key of the entities of {@link OrmTest}. */
record OrmKey(String workspaceId, int id) implements Serializable {}
