/**
 * The lines that mail clients write above a forwarded message, and the prefixes they put before its
 * subject, by language. Data only: `forward-labels.ts` looks them up.
 *
 * `|` separates what different clients write. Case, diacritics and width do not matter
 * (`foldDiacritics`); dashes and colons are not part of the words.
 * Sources: docs/forwards.md, "Languages".
 */

export interface LanguageSeparators {
  /** Between dashes: Gmail, Thunderbird, Yahoo, Zoho; also how a longer line begins (Notes). */
  readonly forwarded?: string;
  /** A line of its own, usually ended by a colon: Apple Mail. */
  readonly beginForwarded?: string;
  /** Between dashes, above replies as well: Outlook in plain text, Roundcube, Samsung, IONOS. */
  readonly originalMessage?: string;
  readonly forwardPrefixes?: string;
  readonly replyPrefixes?: string;
}

/** By BCP 47 tag. */
export const languageSeparators: Readonly<Record<string, LanguageSeparators>> = {
  en: {
    forwarded: 'forwarded message|forwarded mail|forwarded email|forwarded by|forwarded letter',
    beginForwarded: 'begin forwarded message|start of forwarded message',
    originalMessage: `original message|original mail|original email|original e-mail|original|
      replied message|reply message|original text|initial header`,
    forwardPrefixes: 'fwd|fw|forwarded|forwarded message',
    replyPrefixes: 're',
  },
  de: {
    forwarded: `weitergeleitete nachricht|weitergeleitete mail|weitergeleitete e-mail|
      weitergeleitet von|weitergeleitete email|weitergeleitete mitteilung`,
    beginForwarded: `anfang der weitergeleiteten nachricht|anfang der weitergeleiteten e-mail|
      beginn der weitergeleiteten nachricht`,
    originalMessage: `ursprüngliche nachricht|originalnachricht|original-nachricht|
      original nachricht|ursprüngliche mail|ursprüngliche e-mail|originalmail|original-mail`,
    forwardPrefixes: 'wg|weitergeleitet|weiterleitung',
    replyPrefixes: 'aw|antw|antwort',
  },
  fr: {
    forwarded: `message transféré|message transmis|message réexpédié|mail transféré|
      courriel transféré|e-mail transféré|transféré par|réacheminé par|transmis par|
      message réacheminé|courrier transféré|message suivi`,
    beginForwarded: `début du message réexpédié|début du message transféré|
      début du message transmis|début du courriel transféré|début de l’e-mail transféré`,
    originalMessage: `message d'origine|message original|message initial|courriel original|
      mail original|courrier original|e-mail d'origine|e-mail original`,
    forwardPrefixes: 'tr|transf|transfert|transféré|réexp',
    replyPrefixes: 'rép|réponse|réf|rep',
  },
  es: {
    forwarded: `mensaje reenviado|mensaje remitido|correo reenviado|reenviado por|remitido por|
      mensaje transferido|mensaje de reenvío`,
    beginForwarded: `inicio del mensaje reenviado|inicio de mensaje reenviado|
      comienzo del mensaje reenviado|principio del mensaje reenviado`,
    originalMessage: 'mensaje original|correo original|mensaje inicial',
    forwardPrefixes: 'rv|reenv|reenviado|reenviar|reenvío',
    replyPrefixes: 'resp|respuesta|rta',
  },
  it: {
    forwarded: 'messaggio inoltrato|mail inoltrata|e-mail inoltrata|inoltrato da|messaggio girato',
    beginForwarded: 'inizio messaggio inoltrato|inizio del messaggio inoltrato',
    originalMessage: 'messaggio originale|messaggio originario|mail originale|messaggio iniziale',
    forwardPrefixes: 'i|inoltro|inoltra|inoltrato|inol|inolt',
    replyPrefixes: 'r|rif|ris|risp|risposta',
  },
  nl: {
    forwarded: `doorgestuurd bericht|doorgezonden bericht|doorgestuurde mail|doorgestuurde e-mail|
      doorgestuurd door|doorgestuurde bericht`,
    beginForwarded: `begin doorgestuurd bericht|begin van doorgestuurd bericht|
      begin doorgezonden bericht|begin van het doorgestuurde bericht`,
    originalMessage: `oorspronkelijk bericht|oorspronkelijke bericht|origineel bericht|
      orgineel bericht|oorspronkelijke mail|oorspronkelijke e-mail|originele bericht`,
    forwardPrefixes: 'doorst|doorgestuurd|doorsturen|doorgest',
    replyPrefixes: 'antw|antwoord',
  },
  pt: {
    forwarded: `mensagem encaminhada|mensagem reencaminhada|email encaminhado|e-mail encaminhado|
      encaminhado por|repassado por|reencaminhado por|mensagem transmitida`,
    beginForwarded: `início da mensagem encaminhada|início da mensagem reencaminhada|
      início de mensagem encaminhada|começo da mensagem encaminhada`,
    originalMessage: 'mensagem original|e-mail original|email original|mensagem inicial',
    forwardPrefixes: 'enc|encaminhado|encaminhada|encaminhar|reenc|reencaminhado',
    replyPrefixes: 'res|resp|resposta',
  },
  ca: {
    forwarded: 'missatge reenviat|missatge transferit|reenviat per',
    beginForwarded: 'inici del missatge reenviat|comença el missatge reenviat',
    originalMessage: 'missatge original',
    forwardPrefixes: 'rv|reenviat|reenv',
    replyPrefixes: 'resp|resposta',
  },
  gl: {
    forwarded: 'mensaxe reenviada|mensaxe reencamiñada',
    beginForwarded: 'inicio da mensaxe reenviada',
    originalMessage: 'mensaxe orixinal',
    forwardPrefixes: 'rv|reenv',
  },
  eu: {
    forwarded: 'birbidalitako mezua|berbidalitako mezua',
    originalMessage: 'jatorrizko mezua',
    forwardPrefixes: 'birb|birbidali|berbidali',
    replyPrefixes: 'erantz|erantzuna',
  },
  sv: {
    forwarded: `vidarebefordrat meddelande|vidarebefordrat mejl|vidarebefordrat e-postmeddelande|
      vidarebefordrat brev|vidarebefordrat av`,
    beginForwarded: `vidarebefordrat mejl|vidarebefordrat brev|
      början på vidarebefordrat meddelande`,
    originalMessage: `ursprungligt meddelande|originalmeddelande|ursprungligt mejl|
      ursprungliga meddelandet`,
    forwardPrefixes: 'vb|vidarebefordrat|vidarebef|vidarebefordra',
    replyPrefixes: 'sv|svar',
  },
  da: {
    forwarded: `videresendt meddelelse|videresendt besked|videresendt brev|videresendt mail|
      videresendt e-mail|videresendt af`,
    beginForwarded: `start på videresendt besked|videresendt besked begynder her|
      begyndelse på videresendt besked|start på videresendt meddelelse`,
    originalMessage: `oprindelig meddelelse|oprindelig besked|original besked|original meddelelse|
      oprindeligt brev|oprindelig mail`,
    forwardPrefixes: 'vs|videresendt|videresend',
    replyPrefixes: 'sv|svar',
  },
  nb: {
    forwarded: `videresendt melding|vidaresendt melding|vidaresend melding|videresendt e-post|
      videresendt av|videresendt melding fra`,
    beginForwarded: `videresendt melding|starten på videresendt melding|videresendt e-post|
      start på videresendt melding|begynnelse på videresendt melding`,
    originalMessage: `opprinnelig melding|opprinneleg melding|opphavleg melding|original melding|
      original e-post`,
    forwardPrefixes: 'vs|videresendt|videresend|vidaresendt',
    replyPrefixes: 'sv|svar',
  },
  is: {
    forwarded: 'áframsendur póstur|áframsend skilaboð|áframsent',
    originalMessage: 'upprunaleg skilaboð|upphaflegur póstur|upphafleg skilaboð',
    forwardPrefixes: 'fs|framsent|áframsent|framsenda',
    replyPrefixes: 'sv|svar',
  },
  fi: {
    forwarded: `välitetty viesti|edelleenlähetetty viesti|edelleen lähetetty viesti|
      välitetty sähköposti|lähetetty edelleen`,
    beginForwarded: 'välitetty viesti alkaa|välitetyn viestin alku|edelleenlähetetty viesti alkaa',
    originalMessage: 'alkuperäinen viesti|alkuperäinen sähköposti',
    forwardPrefixes: 'vl|välitetty|välit|edelleenlähetys',
    replyPrefixes: 'vs|vast|vastaus',
  },
  et: {
    forwarded: 'edastatud kiri|edastatud sõnum|edasisaadetud kiri|edastatud e-kiri',
    beginForwarded: 'edastatud kirja algus',
    originalMessage: 'algne kiri|esialgne kiri|algne sõnum|algupärane sõnum|originaalsõnum',
    forwardPrefixes: 'edasi|edastatud|edastus',
    replyPrefixes: 'vast|vastus',
  },
  lv: {
    forwarded: 'pārsūtīta vēstule|pārsūtīts ziņojums|pārsūtītā vēstule|pārsūtītais ziņojums',
    originalMessage: `sākotnējā vēstule|sākotnējais ziņojums|oriģinālā vēstule|
      oriģinālais ziņojums`,
    forwardPrefixes: 'pārs|pārsūtīts|pārsūtīta|pārsūt',
    replyPrefixes: 'atb|atbilde',
  },
  lt: {
    forwarded: 'persiųstas laiškas|persiųstas pranešimas|persiunčiamas laiškas',
    originalMessage: `originalus laiškas|pradinis pranešimas|originalaus laiško tekstas|
      pradinis laiškas|originalus pranešimas`,
    forwardPrefixes: 'persiųsta|persiunčiama|persiųstas',
    replyPrefixes: 'ats|atsakymas',
  },
  pl: {
    forwarded: `treść przekazanej wiadomości|przekazana wiadomość|wiadomość przekazywana|
      wiadomość przesłana dalej|przesłana wiadomość|wiadomość przekazana|przekazane przez|
      przesłana dalej wiadomość|przekazywana wiadomość`,
    beginForwarded: 'początek przekazywanej wiadomości|początek przekazanej wiadomości',
    originalMessage: `wiadomość oryginalna|oryginalna wiadomość|pierwotna wiadomość|
      wiadomość pierwotna|wiadomość źródłowa|treść oryginalnej wiadomości|oryginalny e-mail`,
    forwardPrefixes: 'pd|podaj dalej|przekazano',
    replyPrefixes: 'odp|odpowiedź',
  },
  cs: {
    forwarded: `přeposlaná zpráva|předaná zpráva|přesměrovaná zpráva|přeposlaný e-mail|
      předávaná zpráva|přeposlal|přeposlaný email`,
    beginForwarded: 'začátek přeposílané zprávy|začátek přeposlané zprávy',
    originalMessage: 'původní zpráva|původní e-mail|původní email|původní pošta|originální zpráva',
    forwardPrefixes: 'přep|přeposláno|předáno',
    replyPrefixes: 'odp|odpověď',
  },
  sk: {
    forwarded: `preposlaná správa|ďalej odoslaná správa|preposlaný e-mail|postúpená správa|
      preposielaná správa|preposlaný email`,
    beginForwarded: 'začiatok preposlanej správy|začiatok preposielanej správy',
    originalMessage: 'pôvodná správa|pôvodný e-mail|originálna správa|pôvodný email',
    forwardPrefixes: 'prep|preposlané|preposlaná',
    replyPrefixes: 'odp|odpoveď',
  },
  hu: {
    forwarded: `továbbított üzenet|továbbított levél|továbbküldött üzenet|továbbított e-mail|
      továbbította`,
    beginForwarded: `továbbított levél kezdete|továbbított üzenet kezdete|
      továbbított e-mail kezdete`,
    originalMessage: 'eredeti üzenet|eredeti levél|eredeti e-mail',
    forwardPrefixes: 'továbbítás|továbbítva|továbbított|tov|továbbküldés',
    replyPrefixes: 'vá|válasz',
  },
  ro: {
    forwarded: `mesaj redirecționat|mesaj redirecţionat|mesaj înaintat|mesajul redirecționat|
      mesaj retransmis|mesaj transmis mai departe|redirecționat de`,
    beginForwarded: `începe mesajul redirecționat|mesaj redirecționat începe|
      începutul mesajului redirecționat|început mesaj redirecționat`,
    originalMessage: 'mesaj original|mesajul original|mesaj inițial|mesajul inițial',
    forwardPrefixes: 'redir|redirecționat|redirecționare|înaintat',
    replyPrefixes: 'răsp|răspuns',
  },
  hr: {
    forwarded: 'proslijeđena poruka|proslijeđeni mail|proslijeđena e-pošta|proslijedio',
    beginForwarded: 'započni proslijeđenu poruku|početak proslijeđene poruke',
    originalMessage: 'izvorna poruka|originalna poruka|izvorna e-pošta|početna poruka',
    forwardPrefixes: 'prosl|proslj|proslijeđeno|proslijeđena',
    replyPrefixes: 'odg|odgovor',
  },
  sl: {
    forwarded: 'posredovano sporočilo|posredovana pošta|posredovano e-sporočilo|posredoval',
    beginForwarded: 'začetek posredovanega sporočila',
    originalMessage: 'izvirno sporočilo|izvorno sporočilo|prvotno sporočilo|originalno sporočilo',
    forwardPrefixes: 'posr|posredovano',
    replyPrefixes: 'odg|odgovor',
  },
  sr: {
    forwarded: 'прослеђена порука|prosleđena poruka|проследио|prosledio',
    beginForwarded: 'почетак прослеђене поруке|početak prosleđene poruke',
    originalMessage: 'оригинална порука|originalna poruka|изворна порука|izvorna poruka',
    forwardPrefixes: 'просл|прослеђено|prosl|prosleđeno',
    replyPrefixes: 'одг|одговор|odg|odgovor',
  },
  bg: {
    forwarded: `препратено писмо|препратено съобщение|препратен имейл|препратено от|
      пренасочено съобщение|препратен е-мейл`,
    beginForwarded: `начало на препратено съобщение|начало на препратеното съобщение|
      начало на препратено писмо|начало на препратения имейл`,
    originalMessage: `оригинално писмо|оригинално съобщение|първоначално съобщение|
      оригинален имейл|първоначално писмо|изходно съобщение`,
    forwardPrefixes: 'препр|препратено|прп',
    replyPrefixes: 'отн|отг|отговор',
  },
  ru: {
    forwarded: `пересылаемое сообщение|пересылаемое письмо|перенаправленное сообщение|
      пересланное сообщение|пересланное письмо|переслано|переадресованное сообщение|
      начало переадресованного сообщения|начало пересылаемого сообщения|перенаправленное письмо|
      переадресовано`,
    beginForwarded: `начало переадресованного сообщения|начало пересылаемого сообщения|
      начало пересланного сообщения|начало переадресованного письма`,
    originalMessage: `исходное сообщение|оригинальное сообщение|исходное письмо|
      оригинальное письмо|первоначальное сообщение|оригинал сообщения`,
    forwardPrefixes: 'пересл|переслано|перенапр',
    replyPrefixes: 'отв|ответ',
  },
  uk: {
    forwarded: `переслане повідомлення|перенаправлене повідомлення|пересилане повідомлення|
      переслане письмо|переслано|переслане послання|переслани лист|пересланий лист|
      переадресоване повідомлення`,
    beginForwarded: `початок листа, що пересилається|початок пересланого повідомлення|
      початок переадресованого повідомлення|початок повідомлення, що пересилається`,
    originalMessage: `оригінальне повідомлення|початкове повідомлення|вихідне повідомлення|
      оригінал повідомлення|первинне повідомлення`,
    forwardPrefixes: 'пересл|переслано|перенапр',
    replyPrefixes: 'відп|відповідь',
  },
  el: {
    forwarded: `προωθημένο μήνυμα|προωθούμενο μήνυμα|μήνυμα που προωθήθηκε|προωθήθηκε από|
      προωθημένο email`,
    beginForwarded: `έναρξη προωθημένου μηνύματος|αρχή προωθημένου μηνύματος|
      αρχή του προωθημένου μηνύματος|αρχή μηνύματος που προωθήθηκε`,
    originalMessage: 'αρχικό μήνυμα|πρωτότυπο μήνυμα|μήνυμα πρωτότυπο|αρχικό email',
    forwardPrefixes: 'πρθ|προωθ|προωθημένο|προώθηση',
    replyPrefixes: 'απ|σχετ|απάντηση|απαντ',
  },
  tr: {
    forwarded: `yönlendirilen ileti|yönlendirilmiş ileti|iletilen ileti|iletilmiş ileti|
      iletilmiş mesaj|iletilen mesaj|yönlendirilen mesaj|yönlendirilmiş mesaj|iletilen e-posta|
      yönlendirilen e-posta|ileten`,
    beginForwarded: `ileti başlangıcı|iletilmiş mesajın başlangıcı|iletilen mesajın başlangıcı|
      başlangıç|iletilen ileti başlangıcı|yönlendirilen iletinin başlangıcı`,
    originalMessage: `orijinal ileti|orijinal mesaj|özgün ileti|asıl ileti|özgün mesaj|
      orjinal mesaj|orijinal e-posta|asıl mesaj`,
    forwardPrefixes: 'ilt|ilet|iletilen|iletildi|yönl|yönlendirme|yönlendirilen',
    replyPrefixes: 'ynt|yanıt|cvp|cevap',
  },
  he: {
    forwarded: `הודעה מועברת|הודעה שהועברה|הודעה שנשלחה הלאה|הועבר על ידי|הודעה מועברת מאת|
      הועברה על ידי`,
    beginForwarded: `תחילת ההודעה שהועברה|תחילת הודעה שהועברה|התחלת הודעה מועברת|
      תחילת הודעה מועברת|התחל הודעה שהועברה`,
    originalMessage: 'הודעה מקורית|ההודעה המקורית|דואר מקורי',
    forwardPrefixes: 'הועבר|הועברה|העברה|מועבר',
    replyPrefixes: 'תגובה|תשובה|השב|מענה',
  },
  ar: {
    forwarded: `رسالة ممررة|رسالة معاد توجيهها|الرسالة المعاد توجيهها|رسالة محولة|الرسالة المحولة|
      اعادة التوجيه|إعادة توجيه|رسالة معاد إرسالها|تمت إعادة التوجيه بواسطة|رسالة أعيد توجيهها|
      الرسالة المُعاد توجيهها`,
    beginForwarded: `بدء الرسالة المعاد توجيهها|بداية الرسالة المعاد توجيهها|بدء الرسالة المحولة|
      بداية الرسالة المحولة|بدء رسالة معاد توجيهها|بداية رسالة معاد توجيهها|
      بدأت الرسالة المعاد توجيهها`,
    originalMessage: 'الرسالة الأصلية|رسالة أصلية|الرسالة الأساسية|البريد الأصلي|الرسالة الاصلية',
    forwardPrefixes: 'إعادة توجيه|إعادة التوجيه|معاد توجيهه|إعادة إرسال',
    replyPrefixes: 'رد|الرد|رد على|ردا على',
  },
  fa: {
    forwarded: 'پیام ارجاع داده شده|پیام هدایت شده|پیام بازارسال شده|پیام بازفرستاده',
    beginForwarded: 'شروع پیام ارسال شده|آغاز پیام ارجاع داده شده',
    originalMessage: 'پیام اصلی|پیام اولیه|متن اصلی پیام',
    forwardPrefixes: 'هدایت|ارجاع|ارسال مجدد|بازارسال|بازفرست',
    replyPrefixes: 'پاسخ|جواب',
  },
  hi: {
    forwarded: 'अग्रेषित संदेश|फॉरवर्ड किया गया संदेश|अग्रेषित मेल|अग्रेषित ईमेल',
    beginForwarded: 'अग्रेषित संदेश प्रारंभ|अग्रेषित संदेश शुरू करें',
    originalMessage: 'मूल संदेश|मौलिक संदेश|मूल मेल',
    forwardPrefixes: 'अग्रेषित|फॉरवर्ड',
    replyPrefixes: 'उत्तर|जवाब|प्रत्युत्तर',
  },
  th: {
    forwarded: `ข้อความส่งต่อ|ข้อความที่ส่งต่อ|ข้อความที่ถูกส่งต่อ|อีเมลที่ส่งต่อ|ส่งต่อโดย|
      จดหมายส่งต่อ`,
    beginForwarded: `เริ่มข้อความที่ส่งต่อ|เริ่มต้นข้อความที่ส่งต่อ|เริ่มข้อความส่งต่อ|
      เริ่มส่งต่อข้อความ|ข้อความที่ส่งต่อ`,
    originalMessage: 'ข้อความต้นฉบับ|ข้อความเดิม|ข้อความดั้งเดิม|อีเมลต้นฉบับ|จดหมายต้นฉบับ',
    forwardPrefixes: 'ส่งต่อ',
    replyPrefixes: 'ตอบกลับ|ตอบ',
  },
  vi: {
    forwarded: `thư đã chuyển tiếp|thư chuyển tiếp|tin nhắn chuyển tiếp|tin nhắn đã chuyển tiếp|
      thư được chuyển tiếp|tin nhắn được chuyển tiếp|email chuyển tiếp|chuyển tiếp bởi`,
    beginForwarded: `bắt đầu thư được chuyển tiếp|bắt đầu thư chuyển tiếp|
      bắt đầu tin nhắn được chuyển tiếp|bắt đầu thư đã chuyển tiếp|bắt đầu tin nhắn chuyển tiếp|
      bắt đầu chuyển tiếp thư`,
    originalMessage: `thư gốc|tin nhắn gốc|thư ban đầu|thông điệp gốc|tin nhắn ban đầu|email gốc|
      nguyên bản`,
    forwardPrefixes: 'chuyển tiếp|ch tiếp',
    replyPrefixes: 'trả lời',
  },
  id: {
    forwarded: `pesan terusan|pesan yang diteruskan|pesan diteruskan|isi pesan asli|
      diteruskan oleh|email terusan|pesan yang di-forward|surel terusan|email yang diteruskan`,
    beginForwarded: `mulai pesan yang diteruskan|mulai pesan terusan|awal pesan yang diteruskan|
      mulai meneruskan pesan|awal pesan terusan|begin pesan terusan`,
    originalMessage: 'pesan asli|surat asli|email asli|pesan awal|pesan semula',
    forwardPrefixes: 'trs|terusan|diteruskan|teruskan',
    replyPrefixes: 'bls|balas|balasan',
  },
  ms: {
    forwarded: 'mesej dimajukan|mesej yang dimajukan|dimajukan oleh|e-mel dimajukan',
    beginForwarded: 'mula mesej dimajukan|mula mesej yang dimajukan|permulaan mesej dimajukan',
    originalMessage: 'mesej asal|mel asal|e-mel asal',
    forwardPrefixes: 'dimajukan',
    replyPrefixes: 'bls|balas|balasan',
  },
  ja: {
    forwarded:
      '転送されたメッセージ|転送メッセージ|転送するメッセージ|メッセージを転送|転送メール|転送されたメール|転送元メッセージ|転送者',
    beginForwarded:
      '転送されたメッセージ|転送メッセージ|メッセージの転送を開始|以下、転送されたメッセージ|以下に転送されたメッセージを示します|転送されたメール',
    originalMessage:
      '元のメッセージ|オリジナルのメッセージ|オリジナルメッセージ|元のメール|元メッセージ|返信元メッセージ|元のメール本文',
    forwardPrefixes: '転送|転送メール',
    replyPrefixes: '返信',
  },
  ko: {
    forwarded:
      '전달된 메시지|전달 메시지|전달된 메일|전달된 이메일|전달 메일|전달받은 메일|전달한 메시지|전달된 편지',
    beginForwarded:
      '전달된 메시지|전달된 메시지 시작|전달한 메시지 시작|전달된 메시지의 시작|전달받은 메시지 시작|전달된 이메일',
    originalMessage:
      '원본 메시지|원본 메일|원본 이메일|원문|원본메세지|원본 메세지|원래 메시지|원본메일',
    forwardPrefixes: '전달|전달됨|전달된 메시지',
    replyPrefixes: '회신|답장',
  },
  'zh-Hans': {
    forwarded:
      '转发的邮件|转发邮件|转发的信息|转发的消息|转发邮件信息|转发信息|转发消息|已转发邮件|被转发的邮件|已转发的邮件|转发的讯息|转发自',
    beginForwarded:
      '以下是转发的邮件|开始转发的邮件|以下是被转发的邮件|开始转发邮件|以下为转发的邮件|以下为转发邮件|下面是转发的邮件|下面是被转发的邮件',
    originalMessage:
      '原始邮件|邮件原件|原始信息|原邮件|回复的原邮件|原始消息|原始邮件信息|原信|邮件原文|回复的邮件',
    forwardPrefixes: '转发|转寄|转送',
    replyPrefixes: '回复|答复|回覆',
  },
  'zh-Hant': {
    forwarded:
      '轉寄的郵件|轉寄郵件|轉遞的郵件|轉寄的信件|轉寄信件|轉發的郵件|轉發郵件|已轉寄的郵件|轉寄的訊息|轉寄訊息|已轉寄郵件|已轉寄的訊息|被轉寄的郵件',
    beginForwarded: `開始轉寄的郵件|以下是被轉寄的郵件|開始轉寄郵件|以下是轉寄的郵件|以下為轉寄郵件|以下為轉寄的郵件|以下是轉寄的電郵|開始轉寄的電郵|
      以下是被轉寄的電子郵件`,
    originalMessage: '原始郵件|原始信件|原始訊息|原郵件|原始郵件訊息|原信件|原文',
    forwardPrefixes: '轉寄|轉發|轉送|轉遞',
    replyPrefixes: '回覆|答覆|回復|回信',
  },
};
