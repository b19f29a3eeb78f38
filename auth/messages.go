package auth

import (
	"strings"

	"switchboard"
)

// languages of the screens; the first is for everybody else.
var languages = [...]string{"en", "cs", "de"}

// messages of the screens, in the order of languages.
var messages = map[string][len(languages)]string{
	"sign-in":         {"Sign in", "Přihlásit se", "Anmelden"},
	"username":        {"User name", "Uživatelské jméno", "Benutzername"},
	"password":        {"Password", "Heslo", "Passwort"},
	"back":            {"Back to the start page", "Zpět na úvodní stránku", "Zurück zur Startseite"},
	"continue":        {"Continue", "Pokračovat", "Weiter"},
	"signed-in-as":    {"You are signed in as", "Jste přihlášeni jako", "Sie sind angemeldet als"},
	"sign-out":        {"Sign out", "Odhlásit se", "Abmelden"},
	"signed-out":      {"Signed out", "Odhlášeno", "Abgemeldet"},
	"signed-out-text": {"You have signed out of this browser.", "Odhlásili jste se z tohoto prohlížeče.", "Sie haben sich in diesem Browser abgemeldet."},
	"sign-in-again":   {"Sign in again", "Přihlásit se znovu", "Erneut anmelden"},

	"wrong":     {"The name or the password is wrong.", "Jméno nebo heslo není správné.", "Name oder Passwort ist falsch."},
	"throttled": {"Too many failed attempts. Wait a little, then try again.", "Příliš mnoho neúspěšných pokusů. Chvíli počkejte a zkuste to znovu.", "Zu viele Fehlversuche. Warten Sie kurz und versuchen Sie es erneut."},
	"disabled":  {"This account has been switched off. Ask your administrator.", "Tento účet je vypnutý. Obraťte se na správce.", "Dieses Konto ist abgeschaltet. Wenden Sie sich an Ihren Administrator."},
	"stale":     {"This page was open for too long, or came from somewhere else. Try again.", "Stránka byla otevřená příliš dlouho nebo přišla odjinud. Zkuste to znovu.", "Diese Seite war zu lange offen oder kam von woanders. Versuchen Sie es erneut."},
	"trouble":   {"Something went wrong on our side. Try again.", "Na naší straně se něco pokazilo. Zkuste to znovu.", "Bei uns ist etwas schiefgegangen. Versuchen Sie es erneut."},

	"or-with":          {"Sign in with", "Přihlásit se přes", "Anmelden mit"},
	"provider-down":    {"The provider where you sign in does not answer. Try again.", "Poskytovatel přihlášení neodpovídá. Zkuste to znovu.", "Der Anbieter für Ihre Anmeldung antwortet nicht. Versuchen Sie es erneut."},
	"provider-refused": {"You were not signed in there.", "Přihlášení tam neproběhlo.", "Sie wurden dort nicht angemeldet."},
	"provider-unknown": {"Nobody here signs in with this account. Ask your administrator.", "Tímto účtem se tu nikdo nepřihlašuje. Obraťte se na správce.", "Mit diesem Konto meldet sich hier niemand an. Wenden Sie sich an Ihren Administrator."},

	"consent":         {"Allow access?", "Povolit přístup?", "Zugriff erlauben?"},
	"consent-who":     {"Asks for access:", "O přístup žádá:", "Zugriff möchte:"},
	"consent-account": {"To your account:", "K vašemu účtu:", "Auf Ihr Konto:"},
	"consent-where":   {"The answer goes to:", "Odpověď půjde na:", "Die Antwort geht an:"},
	"consent-what":    {"It could:", "Mohl by:", "Es könnte:"},
	"consent-warning": {"Allow this only if you have just started the tool yourself.", "Povolte to jen tehdy, pokud jste nástroj právě sami spustili.", "Erlauben Sie dies nur, wenn Sie das Werkzeug gerade selbst gestartet haben."},
	"allow":           {"Allow", "Povolit", "Erlauben"},
	"deny":            {"Deny", "Odmítnout", "Ablehnen"},
	"this-page":       {"a code on the next page, for you to copy", "kód na další stránce, který zkopírujete", "ein Code auf der nächsten Seite, den Sie kopieren"},

	"code":         {"Your code", "Váš kód", "Ihr Code"},
	"code-text":    {"Copy this code into the tool that asked for it.", "Zkopírujte tento kód do nástroje, který o něj požádal.", "Kopieren Sie diesen Code in das Werkzeug, das danach gefragt hat."},
	"code-warning": {"It works once, for ten minutes. Give it to nobody.", "Platí jednou, deset minut. Nikomu ho nedávejte.", "Er gilt einmal, zehn Minuten lang. Geben Sie ihn niemandem."},
	"code-denied":  {"Access was not allowed", "Přístup nebyl povolen", "Zugriff wurde nicht erlaubt"},

	"setup":           {"Choose your password", "Zvolte si heslo", "Wählen Sie Ihr Passwort"},
	"setup-text":      {"For the account", "Pro účet", "Für das Konto"},
	"new-password":    {"New password", "Nové heslo", "Neues Passwort"},
	"repeat-password": {"Repeat it", "Zopakujte ho", "Wiederholen"},
	"password-rule":   {"At least 8 characters.", "Alespoň 8 znaků.", "Mindestens 8 Zeichen."},
	"set-password":    {"Save and sign in", "Uložit a přihlásit se", "Speichern und anmelden"},
	"setup-dead":      {"This link has been used or is too old. Ask your administrator for a new one.", "Odkaz už byl použit nebo je příliš starý. Požádejte správce o nový.", "Dieser Link wurde schon benutzt oder ist zu alt. Bitten Sie Ihren Administrator um einen neuen."},
	"not-same":        {"The two passwords are not the same.", "Hesla se neshodují.", "Die beiden Passwörter sind nicht gleich."},
	"too-short":       {"Take at least 8 characters.", "Zvolte alespoň 8 znaků.", "Nehmen Sie mindestens 8 Zeichen."},
	"unusable":        {"This password has characters that cannot be used.", "Heslo obsahuje nepovolené znaky.", "Dieses Passwort enthält Zeichen, die nicht gehen."},

	"device":              {"Sign a device in", "Přihlásit zařízení", "Ein Gerät anmelden"},
	"device-type":         {"Type the code that the other screen shows.", "Opište kód, který ukazuje druhá obrazovka.", "Geben Sie den Code ein, den der andere Bildschirm zeigt."},
	"device-code":         {"Code", "Kód", "Code"},
	"device-ask":          {"Sign this device in?", "Přihlásit toto zařízení?", "Dieses Gerät anmelden?"},
	"device-compare":      {"Compare: the other screen must show the same code.", "Porovnejte: druhá obrazovka musí ukazovat stejný kód.", "Vergleichen Sie: Der andere Bildschirm muss denselben Code zeigen."},
	"device-client":       {"Application", "Aplikace", "Anwendung"},
	"device-page":         {"Page", "Stránka", "Seite"},
	"device-browser":      {"Browser", "Prohlížeč", "Browser"},
	"device-platform":     {"System", "Systém", "System"},
	"device-address":      {"Address", "Adresa", "Adresse"},
	"device-time":         {"Asked at", "Čas žádosti", "Gefragt um"},
	"device-as":           {"Signs in as", "Přihlásí se jako", "Anmeldung als"},
	"not-told":            {"not told", "neuvedeno", "nicht angegeben"},
	"device-warning":      {"It will be able to chat in your name until you sign it out. If somebody has sent you this code, refuse.", "Bude moci psát vaším jménem, dokud ho neodhlásíte. Pokud vám kód někdo poslal, odmítněte.", "Es kann in Ihrem Namen chatten, bis Sie es abmelden. Wenn Ihnen jemand diesen Code geschickt hat, lehnen Sie ab."},
	"device-allow":        {"Same code: sign it in", "Stejný kód: přihlásit", "Gleicher Code: anmelden"},
	"device-deny":         {"Refuse", "Odmítnout", "Ablehnen"},
	"device-unknown":      {"This code is not valid: it was mistyped, has been answered or is too old.", "Kód neplatí: je v něm překlep, už byl zodpovězen nebo je příliš starý.", "Dieser Code gilt nicht: Er ist vertippt, schon beantwortet oder zu alt."},
	"device-throttled":    {"Too many wrong codes. Wait a little, then try again.", "Příliš mnoho chybných kódů. Chvíli počkejte a zkuste to znovu.", "Zu viele falsche Codes. Warten Sie kurz und versuchen Sie es erneut."},
	"device-account":      {"This account cannot sign a device in.", "Tento účet nemůže přihlásit zařízení.", "Dieses Konto kann kein Gerät anmelden."},
	"device-allowed":      {"The device is signed in", "Zařízení je přihlášeno", "Das Gerät ist angemeldet"},
	"device-allowed-text": {"Go on there. You can close this page.", "Pokračujte na něm. Tuto stránku můžete zavřít.", "Machen Sie dort weiter. Diese Seite können Sie schließen."},
	"device-refused":      {"Refused", "Odmítnuto", "Abgelehnt"},
	"device-refused-text": {"The device is not signed in. You can close this page.", "Zařízení není přihlášeno. Tuto stránku můžete zavřít.", "Das Gerät ist nicht angemeldet. Diese Seite können Sie schließen."},
	"form-post-text":      {"Back to", "Zpět na", "Zurück zu"},

	"error":      {"This did not work", "To se nepovedlo", "Das hat nicht geklappt"},
	"error-text": {"Go back and try again, or tell who runs the application.", "Vraťte se a zkuste to znovu, nebo to sdělte provozovateli aplikace.", "Gehen Sie zurück und versuchen Sie es erneut, oder melden Sie es dem Betreiber."},
	"too-long":   {"The request is too long.", "Požadavek je příliš dlouhý.", "Die Anfrage ist zu lang."},
	"no-page":    {"There is no such page.", "Taková stránka neexistuje.", "Diese Seite gibt es nicht."},

	"scope." + string(switchboard.ScopeChat):          {"chat in your name", "psát si vaším jménem", "in Ihrem Namen chatten"},
	"scope." + string(switchboard.ScopeSessionsRead):  {"read conversations with customers", "číst konverzace se zákazníky", "Gespräche mit Kunden lesen"},
	"scope." + string(switchboard.ScopeSessionsWrite): {"answer, forward and end conversations", "odpovídat, předávat a ukončovat konverzace", "Gespräche beantworten, weiterleiten und beenden"},
	"scope." + string(switchboard.ScopeEvents):        {"follow what happens", "sledovat dění", "Ereignisse verfolgen"},
	"scope." + string(switchboard.ScopeUsersRead):     {"see accounts", "vidět účty", "Konten sehen"},
	"scope." + string(switchboard.ScopeUsersWrite):    {"make and change accounts", "vytvářet a měnit účty", "Konten anlegen und ändern"},
	"scope." + string(switchboard.ScopeWebhooks):      {"manage webhooks", "spravovat webhooky", "Webhooks verwalten"},
	"scope." + string(switchboard.ScopeKeys):          {"manage API keys", "spravovat klíče API", "API-Schlüssel verwalten"},
	"scope." + string(switchboard.ScopeCompanyRead):   {"see the company's settings", "vidět nastavení firmy", "Einstellungen der Firma sehen"},
	"scope." + string(switchboard.ScopeCompanyWrite):  {"change the company's settings", "měnit nastavení firmy", "Einstellungen der Firma ändern"},
	"scope." + string(switchboard.ScopeChatbot):       {"answer customers as a bot", "odpovídat zákazníkům jako bot", "Kunden als Bot antworten"},
	"scope.offline_access":                            {"stay signed in", "zůstat přihlášen", "angemeldet bleiben"},
}

// language chooses from an Accept-Language header: the first that we have.
func language(accept string) int {
	for part := range strings.SplitSeq(accept, ",") {
		tag, _, _ := strings.Cut(strings.TrimSpace(part), ";")
		primary, _, _ := strings.Cut(strings.ToLower(tag), "-")
		for i, l := range languages {
			if primary == l {
				return i
			}
		}
	}
	return 0
}
