// Create, read, update and delete with Sequelize, for several workspaces, none of which is declared.
'use strict';
const assert = require('node:assert');
const { DataTypes, Op, Sequelize } = require('sequelize');

const sequelize = new Sequelize(process.argv[2], { logging: false, pool: { max: 2 } });
const key = {
  workspace_id: { type: DataTypes.TEXT, primaryKey: true },
  id: { type: DataTypes.INTEGER, primaryKey: true },
};
const options = { timestamps: false, freezeTableName: true };
const Project = sequelize.define('orm_project', { ...key, name: DataTypes.TEXT }, options);
const Task = sequelize.define(
  'orm_task', { ...key, project_id: DataTypes.INTEGER, title: DataTypes.TEXT }, options);
// Sequelize joins over one column; the key is a condition of the include.
Project.hasMany(Task, { as: 'tasks', foreignKey: 'project_id', sourceKey: 'id', constraints: false });

async function create(workspace) {
  await sequelize.transaction(async (transaction) => {
    await Project.create({ workspace_id: workspace, id: 1, name: 'of ' + workspace }, { transaction });
    const tasks = [1, 2, 3, 4, 5].map((id) => (
      { workspace_id: workspace, id, project_id: 1, title: workspace + ' ' + id }));
    await Task.bulkCreate(tasks, { transaction });
  });
}

async function read(workspace) {
  const where = { workspace_id: workspace };
  const project = await Project.findOne({ where: { ...where, id: 1 } });
  assert.equal(project.name, 'of ' + workspace);
  const eager = await Project.findOne({
    where: { ...where, id: 1 }, include: [{ model: Task, as: 'tasks', where }] });
  assert.equal(eager.tasks.length, 5);
  const lazy = await project.getTasks({ where });
  assert.equal(lazy.length, 5);
  assert.equal(await Task.count({ where: { ...where, title: { [Op.like]: workspace + '%' } } }), 5);
  await sequelize.transaction(async (transaction) => {
    const first = await Project.findOne({ where: { ...where, id: 1 }, transaction });
    // Without the key, in the transaction that has learned it.
    assert.equal((await first.getTasks({ transaction })).length, 5);
  });
}

async function change(workspace) {
  const task = await Task.findOne({ where: { workspace_id: workspace, id: 2 } });
  task.title = 'changed';
  await task.save();
  assert.equal(await Task.destroy({ where: { workspace_id: workspace, id: 5 } }), 1);
  await assert.rejects(Task.findByPk(2), (e) => e.parent.code === 'TL001');
  await assert.rejects(sequelize.transaction(async (transaction) => {
    await Task.create({ workspace_id: workspace, id: 9, project_id: 1, title: 'undone' }, { transaction });
    throw new Error('undone');
  }), /undone/);
}

(async () => {
  for (const step of [create, read, change]) {
    for (let i = 1; i <= 6; i++) await step('w' + i);
  }
  await sequelize.close();
  console.log('ok');
})().catch((e) => { console.error(e); process.exit(1); });
