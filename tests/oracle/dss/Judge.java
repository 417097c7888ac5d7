import eu.europa.esig.dss.diagnostic.DiagnosticData;
import eu.europa.esig.dss.diagnostic.SignatureWrapper;
import eu.europa.esig.dss.diagnostic.TimestampWrapper;
import eu.europa.esig.dss.model.DSSDocument;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.jaxb.object.Message;
import eu.europa.esig.dss.spi.DSSUtils;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.CommonCertificateSource;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import eu.europa.esig.dss.spi.x509.revocation.crl.ExternalResourcesCRLSource;
import eu.europa.esig.dss.validation.SignedDocumentValidator;
import eu.europa.esig.dss.validation.reports.Reports;
import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.util.Date;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** EU DSS over a list of files, in one process: a line in, a line out, fields parted by tabs. */
public final class Judge {
    private static final int SECONDS = 20;

    public static void main(String[] args) throws Exception {
        ExecutorService one = Executors.newSingleThreadExecutor(task -> {
            Thread thread = new Thread(task);
            thread.setDaemon(true);
            return thread;
        });
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] job = line.split("\t", -1);
            String said;
            try {
                said = one.submit(() -> judge(job)).get(SECONDS, TimeUnit.SECONDS);
            } catch (Exception fault) {
                Throwable cause = fault.getCause() == null ? fault : fault.getCause();
                said = "fault: " + cause.getClass().getSimpleName() + ": " + cause.getMessage();
            }
            System.out.println(job[0] + "\t" + said.replaceAll("\\s+", " "));
        }
        System.exit(0);
    }

    /** Fields: number, file, detached content, milliseconds, and the folders of anchors, others, CRLs. With
     * one more the level is told as well, and what timestamps are worth that stand for themselves. */
    private static String judge(String[] job) throws Exception {
        boolean levels = job.length > 7;
        SignedDocumentValidator validator = SignedDocumentValidator.fromDocument(new FileDocument(job[1]));
        if (!job[2].isEmpty()) {
            validator.setDetachedContents(List.<DSSDocument>of(new FileDocument(job[2])));
        }
        if (!job[3].isEmpty()) {
            validator.setValidationTime(new Date(Long.parseLong(job[3])));
        }
        CommonCertificateVerifier verifier = new CommonCertificateVerifier(true);
        CommonTrustedCertificateSource anchors = new CommonTrustedCertificateSource();
        for (File file : in(job[4])) {
            anchors.addCertificate(DSSUtils.loadCertificate(file));
        }
        verifier.setTrustedCertSources(anchors);
        CommonCertificateSource others = new CommonCertificateSource();
        for (File file : in(job[5])) {
            others.addCertificate(DSSUtils.loadCertificate(file));
        }
        verifier.setAdjunctCertSources(others);
        File[] lists = in(job[6]);
        DSSDocument[] found = new DSSDocument[lists.length];
        for (int i = 0; i < lists.length; i++) {
            found[i] = new FileDocument(lists[i]);
        }
        if (lists.length > 0) {
            verifier.setCrlSource(new ExternalResourcesCRLSource(found));
        }
        verifier.setAIASource(null);
        validator.setCertificateVerifier(verifier);
        Reports reports = validator.validateDocument();
        DiagnosticData data = reports.getDiagnosticData();
        StringBuilder said = new StringBuilder();
        for (SignatureWrapper one : data.getSignatures()) {
            if (one.isCounterSignature()) {
                continue;
            }
            String id = one.getId();
            said.append(said.length() > 0 ? "; " : "");
            said.append(reports.getSimpleReport().getIndication(id));
            said.append(' ').append(reports.getSimpleReport().getSubIndication(id));
            for (Message error : reports.getSimpleReport().getAdESValidationErrors(id)) {
                said.append(" [").append(error.getValue()).append(']');
            }
            said.append(one.isSignatureIntact() ? "" : " not-intact");
            said.append(one.isSignatureValid() ? "" : " not-valid");
            said.append(one.arePdfModificationsDetected() ? " overlap-or-visual" : "");
            boolean odd = !one.getPdfUndefinedChanges().isEmpty();
            said.append(odd ? " undefined-changes" : "");
            said.append(one.getPdfSignatureOrFormFillChanges().isEmpty() ? "" : " form-changes");
            said.append(one.getPdfAnnotationChanges().isEmpty() ? "" : " annotation-changes");
            said.append(levels ? " " + one.getSignatureFormat() : "");
        }
        if (levels && data.getSignatures().isEmpty()) {
            for (TimestampWrapper one : data.getTimestampList()) {
                said.append(said.length() > 0 ? "; " : "");
                said.append(reports.getSimpleReport().getIndication(one.getId()));
                said.append(' ').append(reports.getSimpleReport().getSubIndication(one.getId()));
                said.append(one.isMessageImprintDataIntact() ? "" : " not-intact");
                said.append(" timestamp");
            }
        }
        return said.length() == 0 ? "no signature" : said.toString();
    }

    private static File[] in(String folder) {
        File[] found = folder.isEmpty() ? null : new File(folder).listFiles();
        return found == null ? new File[0] : found;
    }
}
