"""What phones sent goes by itself once its family stands in the register and its days are over."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gada import vault
from gada.journal.comparing import compare_state
from gada.people.models import Household
from gada.surveys.models import Attachment, Submission
from gada.surveys.services import forget_old_submissions
from gada.vault.blobs import blob_path
from tests.surveys.builders import Phone, a_form, a_photo, an_instance, answers
from tests.surveys.test_sending import settled

pytestmark = pytest.mark.django_db


def test_what_a_phone_sent_goes_after_its_days_and_the_family_stays() -> None:
    a_form()
    phone, instance = Phone(), an_instance()
    phone.send_sealed(answers(instance, photo="1.jpg"), {"1.jpg": a_photo()}, instance=instance)
    row = settled(instance)
    files = list(Attachment.objects.values_list("blob", flat=True))
    assert forget_old_submissions(at=row.received_at + timedelta(days=89))["phone-forms"] == 0
    assert forget_old_submissions(at=row.received_at + timedelta(days=91))["phone-forms"] == 1
    assert forget_old_submissions(at=row.received_at + timedelta(days=92))["phone-forms"] == 0
    assert Submission.objects.get().content is None
    assert not vault.data_keys([row.id]) and not any(blob_path(file).exists() for file in files)
    assert Household.objects.get().memberships.exists()
    assert compare_state().differences == ()
