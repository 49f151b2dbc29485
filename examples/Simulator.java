import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A PKB to test against, from Java 17, with nothing but the JDK: java examples/Simulator.java */
class Simulator {
    static final HttpClient http = HttpClient.newHttpClient();

    public static void main(String[] arguments) throws Exception {
        String simulate = System.getenv().getOrDefault("PKB_SIMULATE", "npx pkb-link simulate");
        List<String> command = new ArrayList<>(List.of(simulate.split(" ")));
        command.addAll(List.of("--port", "0", "--client-id", "example-app", "--json"));
        Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        try (var lines = new BufferedReader(new InputStreamReader(process.getInputStream()))) {
            // The first line comes when it is ready.
            String where = lines.readLine();
            tryOut(member("url", where), member("control_url", where) + "/api");
        } finally {
            process.destroy();
            process.waitFor();
        }
    }

    static void tryOut(String pkb, String control) throws Exception {
        String person = member("publicId", send("GET", control + "/people?search=okafor", null, null).body());

        // A grant without a browser. With one: send it to {pkb}/apiAuthorize.action, as to PKB.
        String grant = "{\"clientId\":\"example-app\",\"publicId\":\"" + person + "\"}";
        String token = member("access_token", send("POST", control + "/grants", grant, null).body());
        String purview = pkb + "/fhir/Consent/$purview";
        System.out.println("this token is for " + member("reference", send("GET", purview, null, token).body()));

        // The next answer of an endpoint.
        send("POST", control + "/answers/purview", "{\"status\":503}", null);
        System.out.println("while PKB is busy: " + send("GET", purview, null, token).statusCode());

        // Half an hour goes by.
        send("POST", control + "/clock/advance", "{\"ms\":1800000}", null);
        System.out.println("half an hour later: " + member("display", send("GET", purview, null, token).body()));
    }

    static HttpResponse<String> send(String method, String url, String json, String token) throws Exception {
        var request = HttpRequest.newBuilder(URI.create(url));
        if (json != null) request.header("Content-Type", "application/json");
        if (token != null) request.header("Authorization", "Bearer " + token);
        var body = json == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(json);
        return http.send(request.method(method, body).build(), HttpResponse.BodyHandlers.ofString());
    }

    /** A text member of JSON. Your project has a library for this; the JDK has none. */
    static String member(String name, String json) {
        Matcher found = Pattern.compile("\"" + name + "\":\"([^\"]*)\"").matcher(json);
        if (!found.find()) throw new IllegalStateException("no " + name + " in " + json);
        return found.group(1);
    }
}
