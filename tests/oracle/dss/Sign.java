import eu.europa.esig.dss.cades.CAdESSignatureParameters;
import eu.europa.esig.dss.cades.signature.CAdESService;
import eu.europa.esig.dss.enumerations.DigestAlgorithm;
import eu.europa.esig.dss.enumerations.SignatureAlgorithm;
import eu.europa.esig.dss.enumerations.SignatureLevel;
import eu.europa.esig.dss.enumerations.SignaturePackaging;
import eu.europa.esig.dss.model.DSSDocument;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.model.SignatureValue;
import eu.europa.esig.dss.model.x509.CertificateToken;
import eu.europa.esig.dss.pades.PAdESSignatureParameters;
import eu.europa.esig.dss.pades.signature.PAdESService;
import eu.europa.esig.dss.spi.DSSUtils;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import eu.europa.esig.dss.spi.x509.revocation.crl.ExternalResourcesCRLSource;
import eu.europa.esig.dss.spi.x509.tsp.KeyEntityTSPSource;
import eu.europa.esig.dss.xades.XAdESSignatureParameters;
import eu.europa.esig.dss.xades.signature.XAdESService;
import java.io.File;
import java.nio.file.Files;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.List;

/** Files signed by EU DSS at every level of PAdES, CAdES and XAdES, from keys and lists in one folder. */
public final class Sign {
    private static File home;

    public static void main(String[] args) throws Exception {
        home = new File(args[0]);
        CommonTrustedCertificateSource anchors = new CommonTrustedCertificateSource();
        anchors.addCertificate(certificate("root"));
        anchors.addCertificate(certificate("time_root"));
        CommonCertificateVerifier verifier = new CommonCertificateVerifier(true);
        verifier.setTrustedCertSources(anchors);
        verifier.setCrlSource(new ExternalResourcesCRLSource(
            new DSSDocument[] {new FileDocument(file("0.crl")), new FileDocument(file("1.crl"))}));
        verifier.setAIASource(null);
        List<java.security.cert.X509Certificate> chain =
            List.of(certificate("time").getCertificate(), certificate("time_root").getCertificate());
        KeyEntityTSPSource stamper = new KeyEntityTSPSource(key("time"), chain.get(0), chain);
        stamper.setTsaPolicy("1.3.6.1.4.1.99999.1");
        for (String level : List.of("B", "T", "LT", "LTA")) {
            PAdESService pades = new PAdESService(verifier);
            pades.setTspSource(stamper);
            PAdESSignatureParameters pdf = new PAdESSignatureParameters();
            pdf.setSignatureLevel(SignatureLevel.valueOf("PAdES_BASELINE_" + level));
            pdf.setDigestAlgorithm(DigestAlgorithm.SHA256);
            pdf.setSigningCertificate(certificate("agency"));
            pdf.setCertificateChain(certificate("agency"), certificate("root"));
            DSSDocument plain = new FileDocument(file("plain.pdf"));
            SignatureValue value = value(pades.getDataToSign(plain, pdf).getBytes());
            pades.signDocument(plain, pdf, value).save(file("PAdES-" + level + ".pdf").getPath());
            for (SignaturePackaging form :
                    List.of(SignaturePackaging.DETACHED, SignaturePackaging.ENVELOPING)) {
                CAdESService cades = new CAdESService(verifier);
                cades.setTspSource(stamper);
                CAdESSignatureParameters cms = new CAdESSignatureParameters();
                cms.setSignatureLevel(SignatureLevel.valueOf("CAdES_BASELINE_" + level));
                cms.setSignaturePackaging(form);
                cms.setDigestAlgorithm(DigestAlgorithm.SHA256);
                cms.setSigningCertificate(certificate("agency"));
                cms.setCertificateChain(certificate("agency"), certificate("root"));
                DSSDocument content = new FileDocument(file("content"));
                SignatureValue own = value(cades.getDataToSign(content, cms).getBytes());
                String name = "CAdES-" + level + "-" + form.name().toLowerCase();
                cades.signDocument(content, cms, own).save(file(name).getPath());
            }
            for (SignaturePackaging form :
                    List.of(SignaturePackaging.ENVELOPED, SignaturePackaging.ENVELOPING, SignaturePackaging.DETACHED)) {
                XAdESService xades = new XAdESService(verifier);
                xades.setTspSource(stamper);
                XAdESSignatureParameters xml = new XAdESSignatureParameters();
                xml.setSignatureLevel(SignatureLevel.valueOf("XAdES_BASELINE_" + level));
                xml.setSignaturePackaging(form);
                xml.setDigestAlgorithm(DigestAlgorithm.SHA256);
                xml.setSigningCertificate(certificate("agency"));
                xml.setCertificateChain(certificate("agency"), certificate("root"));
                DSSDocument letter = new FileDocument(file("letter.xml"));
                SignatureValue own = value(xades.getDataToSign(letter, xml).getBytes());
                String name = "XAdES-" + level + "-" + form.name().toLowerCase();
                xades.signDocument(letter, xml, own).save(file(name).getPath());
            }
        }
    }

    private static SignatureValue value(byte[] data) throws Exception {
        Signature signing = Signature.getInstance("SHA256withRSA");
        signing.initSign(key("agency"));
        signing.update(data);
        return new SignatureValue(SignatureAlgorithm.RSA_SHA256, signing.sign());
    }

    private static PrivateKey key(String stem) throws Exception {
        byte[] der = Files.readAllBytes(file(stem + ".p8").toPath());
        return KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(der));
    }

    private static CertificateToken certificate(String stem) {
        return DSSUtils.loadCertificate(file(stem + ".cer"));
    }

    private static File file(String name) {
        return new File(home, name);
    }
}
