/** "pkb-link/server": the patient pages, to mount in an app of your own. */
export {
  type Brand,
  type OwnTexts,
  type PatientPagesOptions,
  patientPages,
  readOwnTexts,
} from './http/pages/patient-pages.ts';
