using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Metron.OpenFlow;

/// <summary>Who the peer is by its certificate, which the authority has certified.</summary>
/// <param name="Subject">Distinguished name: "CN=br0, O=Example".</param>
/// <param name="CommonName">The subject's common name; empty when it has none.</param>
/// <param name="DnsNames">DNS names among the subject's alternative names.</param>
/// <param name="NotAfter">When the certificate expires.</param>
/// <param name="Fingerprint">SHA-256 of the certificate, 64 upper-case hexadecimal digits.</param>
public sealed record TlsPeer(string Subject, string CommonName, EquatableArray<string> DnsNames, DateTimeOffset NotAfter, string Fingerprint)
{
    /// <summary>Whether the certificate is the one pinned: by DNS name or common name (case does not matter), by the whole subject, or by fingerprint.</summary>
    public bool Is(string pinned) =>
        string.Equals(pinned, CommonName, StringComparison.OrdinalIgnoreCase)
        || DnsNames.AsSpan().ToArray().Contains(pinned, StringComparer.OrdinalIgnoreCase)
        || string.Equals(pinned, Subject, StringComparison.Ordinal)
        || string.Equals(pinned.Replace(":", "", StringComparison.Ordinal), Fingerprint, StringComparison.OrdinalIgnoreCase);

    /// <summary>Subject and DNS names.</summary>
    public override string ToString() => DnsNames.IsEmpty ? Subject : $"{Subject} ({string.Join(", ", DnsNames)})";

    internal static TlsPeer? Of(Stream stream)
    {
        if (stream is not SslStream { RemoteCertificate: { } presented })
        {
            return null;
        }

        using var loaded = presented is X509Certificate2 ? null : X509CertificateLoader.LoadCertificate(presented.GetRawCertData());
        var certificate = loaded ?? (X509Certificate2)presented;
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(static extension => extension.EnumerateDnsNames());
        return new TlsPeer(
            certificate.Subject,
            certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false),
            names.ToEquatableArray(),
            certificate.NotAfter,
            certificate.GetCertHashString(System.Security.Cryptography.HashAlgorithmName.SHA256));
    }
}
