/** Addresses that PKB tells patients to use. Public pages of PKB's own, the same in every environment of ours. */
export const PKB = {
  /** Log in, and register with NHS login (PKB manual, "Logging in and out"; "How to register"). */
  logIn: 'https://my.patientsknowbest.com',
  /** Register with an invitation code and an access code (PKB, "Registration letters"). */
  join: 'https://joinpkb.com',
  /** PKB, "FAQs for support staff". */
  forgottenPassword: 'https://my.patientsknowbest.com/forgotPasswordForm.action',
  /** PKB support, "NHS login matching error". */
  nhsLoginMismatch:
    'https://support.patientsknowbest.com/support/solutions/articles/11000130489-nhs-login-matching-error',
  support: 'https://support.patientsknowbest.com',
} as const;

/** The NHS's own page about its app. */
export const NHS_APP = 'https://www.nhs.uk/nhs-app/';
