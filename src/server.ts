/** "pkb-link/server": the patient pages, to mount in an app of your own. */
export { type Brand, type PatientPagesOptions, patientPages } from './http/patient-pages.ts';
