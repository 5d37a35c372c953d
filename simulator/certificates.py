"""Certificates: a certificate authority of one's own, trusted only by programs that are told to."""

import ssl
import threading
from dataclasses import dataclass
from pathlib import Path

import certifi
import trustme

from inbound_core.errors import SetupError
from simulator.whole_files import write_whole


class CertificateError(SetupError, OSError):
    """Report a folder whose certificates cannot be read or written, with the remedy."""


@dataclass(frozen=True, slots=True)
class CertificateFiles:
    """Name the files of an authority: its certificate, and a bundle of it with the public ones.

    A Python program is given the bundle, which replaces all it trusts; Node is given the certificate, which is
    added to what it trusts.
    """

    certificate: Path
    bundle: Path
    key: Path

    @classmethod
    def within(cls, folder: Path) -> "CertificateFiles":
        """Name the files of a folder."""
        return cls(folder / "ca.pem", folder / "ca-bundle.pem", folder / "ca-key.pem")


class Authority:
    """Make certificates for hosts on demand, under an authority that is kept in a folder. Thread-safe.

    The key never leaves the folder and is readable by its owner only; nothing is installed in the system.
    Raise `CertificateError` when the folder cannot be used.
    """

    def __init__(self, folder: Path) -> None:
        self.files = CertificateFiles.within(folder)
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._lock = threading.Lock()
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._ca = self._kept() or self._made()
            bundle = Path(certifi.where()).read_bytes() + b"\n" + self._ca.cert_pem.bytes()
            write_whole(self.files.bundle, bundle, private=True)
        except (OSError, ValueError) as error:
            raise CertificateError(
                f"The certificates in {folder} cannot be used: {error}. Name another folder, or move these away."
            ) from error

    def _kept(self) -> trustme.CA | None:
        if not (self.files.certificate.exists() and self.files.key.exists()):
            return None
        return trustme.CA.from_pem(self.files.certificate.read_bytes(), self.files.key.read_bytes())

    def _made(self) -> trustme.CA:
        made = trustme.CA(organization_name="Inbound Workbench", organization_unit_name="local proxy")
        write_whole(self.files.key, made.private_key_pem.bytes(), private=True)
        write_whole(self.files.certificate, made.cert_pem.bytes(), private=True)
        return made

    def context(self, host: str) -> ssl.SSLContext:
        """Give what a server needs to speak TLS as a host."""
        with self._lock:
            found = self._contexts.get(host)
            if found is None:
                found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                found.minimum_version = ssl.TLSVersion.TLSv1_2
                self._ca.issue_cert(host).configure_cert(found)
                self._contexts[host] = found
            return found
