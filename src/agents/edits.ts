/** From a model's answer to the files of a program. */
export { type AppliedEdits, applyEdits, type EditRules, MOST_PROGRAM_BYTES } from './edits/apply-edits.js'
export { type ParsedAnswer, parseAnswer } from './edits/parse-answer.js'
export { EDIT_PROBLEMS, type Edit, type EditProblem } from './edits/problems.js'
