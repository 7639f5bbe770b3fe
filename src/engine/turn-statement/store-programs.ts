/** Stores programs that are new to the study. */
import type { StatementPart } from './statement-part.js'

export const storePrograms: StatementPart = {
  name: 'programmed',
  items: ({ writes }) => writes.programs,
  sql: (list) => `programmed as (
  insert into programs (study_id, hash, normal, parent, files, constants)
  select distinct on (guard.id, x.hash) guard.id, x.hash, x.normal, x.parent, x.files, x.constants
    from guard, ${list} as x(study uuid, number int, hash text, normal text, parent text, files json, constants json)
   where x.study = guard.id
  on conflict do nothing)`,
}
