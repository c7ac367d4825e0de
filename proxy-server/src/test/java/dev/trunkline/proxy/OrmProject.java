package dev.trunkline.proxy;

import jakarta.persistence.CascadeType;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.OneToMany;
import jakarta.persistence.OrderBy;
import jakarta.persistence.Table;
import java.util.ArrayList;
import java.util.List;

/** What Hibernate maps for {@link OrmTest}. */
@Entity
@Table(name = "orm_project")
@IdClass(OrmKey.class)
class OrmProject {
  @Id
  @Column(name = "workspace_id")
  String workspaceId;

  @Id int id;

  String name;

  @OneToMany(mappedBy = "project", cascade = CascadeType.ALL)
  @OrderBy("id")
  List<OrmTask> tasks = new ArrayList<>();

  /** Loads it, where Hibernate has put a proxy in its place. */
  String name() {
    return name;
  }
}
