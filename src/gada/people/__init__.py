"""People: person, household, identifier, document, consent, enrolment."""
