package dev.trunkline.proxy;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.FetchType;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.JoinColumn;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.Table;

/** What Hibernate maps for {@link OrmTest}: the foreign key contains the workspace. */
@Entity
@Table(name = "orm_task")
@IdClass(OrmKey.class)
class OrmTask {
  @Id
  @Column(name = "workspace_id")
  String workspaceId;

  @Id int id;

  @Column(name = "project_id")
  int projectId;

  String title;

  @ManyToOne(fetch = FetchType.LAZY)
  @JoinColumn(
      name = "workspace_id",
      referencedColumnName = "workspace_id",
      insertable = false,
      updatable = false)
  @JoinColumn(
      name = "project_id",
      referencedColumnName = "id",
      insertable = false,
      updatable = false)
  OrmProject project;
}
