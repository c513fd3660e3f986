"""Small tables in the encodings that people's files have: codec and text."""

from __future__ import annotations

_RUSSIAN = ("имя,возраст,город\nИван,3,Москва\nАнна,5,Казань\n", "Температура,Давление,Класс\n1,2,да\n2,3,нет\n")
_JAPANESE = (
    "名前,年齢,性別\n田中,23,男\n佐藤,45,女\n", "都市,人口,気温\n東京,100,15.5\n大阪,50,16.1\n",
    "がく片の長さ,がく片の幅,種類\n5.1,3.5,セトサ\n4.9,3.0,セトサ\n",
    "売上,店舗,結果\n100,新宿,合格\n50,渋谷,不合格\n",
)  # fmt: skip
_FRENCH, _GERMAN = "Température,Année,Qualité\n1,2,élevée\n2,3,basse\n", "größe,gewicht,y\n1,ä,u\n2,ü,v\n"

LANGUAGES: list[tuple[str, str]] = [
    *(
        (codec, text)
        for codec in ("cp949", "euc_kr")
        for text in (
            "나이,성별,소득\n23,남,3000\n45,여,5000\n33,남,4000\n", "지역,인구,등급\n서울,100,상\n부산,50,중\n대구,40,하\n",
            "이름,키,몸무게\n김철수,170,60\n박영희,160,50\n",
            "품종,길이,너비\n장미,1.5,2\n국화,3,4\n",
        )
    ),
    *((codec, text) for codec in ("euc_jp", "shift_jis") for text in _JAPANESE),
    *(
        ("big5", text)
        for text in ("年齡,城市,類別\n23,臺北,甲\n45,高雄,乙\n", "姓名,身高,體重\n王小明,170,60\n李大同,180,70\n", "溫度,濕度,結果\n23,50,通過\n24,60,失敗\n")
    ),
    *(("gbk", text) for text in ("年龄,城市,类别\n23,北京,甲\n45,上海,乙\n", "姓名,身高,体重\n王小明,170,60\n李大同,180,70\n", "序号,得分\n1,5\n2,7\n")),
    *((codec, text) for codec in ("cp1251", "cp866") for text in _RUSSIAN),
    ("koi8_r", _RUSSIAN[0]),
    ("cp1250", "město,věk,třída\nPlzeň,3,žák\nČeská Lípa,5,učitel\n"),
    ("cp1250", "płeć,wzrost,masa\nmężczyzna,180,80\nkobieta,165,60\n"),
    ("cp1250", "nume,vârstă,oraş\nIon,30,Braşov\nŞtefan,25,Iaşi\n"),
    ("cp1250", "ime,starost,mesto\nŽiga,30,Šentjur\nČrt,25,Škofja Loka\n"),
    ("cp1252", "año,niño,tamaño\n1,sí,grande\n2,no,pequeño\n"),
    ("cp1252", "navn,alder,by\nSøren,30,Århus\nÅse,25,Tromsø\n"),
    ("cp1252", "città,età,perché\nForlì,3,sì\nCefalù,4,no\n"),
    ("cp1252", "käyttäjä,ikä\nPäivi,30\nJyväskylä,25\n"),
    ("cp1252", "cost €,name,y\n5,“x”,u\n6,–,v\n"),
    ("cp1252", "aldur,nafn,staður\n30,Þór,Akureyri\n25,Ásdís,Höfn\n"),
    ("cp1254", "ürün,fiyat,şehir\nçay,5,İzmir\nsüt,6,Muğla\n"),
    ("cp874", "ชื่อ,อายุ,จังหวัด\nสมชาย,30,กรุงเทพ\nมานี,25,เชียงใหม่\n"),
    ("cp1250", "kor,súly,város\n5,6,Győr\n6,7,Pécs\n"),
    ("cp1252", "größe,naïve,y\n1,ä,u\n2,é,v\n"),
    ("cp1252", "nome,idade,região\nJoão,3,São Paulo\nInês,4,Bragança\n"),
    *((codec, _FRENCH) for codec in ("cp1252", "cp850", "mac_roman")),
    *((codec, _GERMAN) for codec in ("cp850", "mac_roman")),
    ("cp1252", "t °C,µm,m²\n1,2,u\n2,3,v\n"),
    ("cp1253", "όνομα,ηλικία,πόλη\nΜαρία,3,Αθήνα\nΝίκος,4,Πάτρα\n"),
    ("cp1254", "isim,yaş,şehir\nAyşe,3,İstanbul\nIşık,4,Ağrı\n"),
    ("cp1255", "שם,גיל,עיר\nדוד,30,ירושלים\nשרה,25,תל אביב\n"),
    ("cp1255", "מחיר,כמות,סוג\n12.5,3,גדול\n7.5,4,קטן\n9.0,5,גדול\n"),
    ("cp1255", "מין,משקל,תוצאה\nזכר,80,כן\nנקבה,60,לא\n"),
    ("cp1255", "עיר,אוכלוסייה\nחיפה,300\nאילת,50\n"),
    ("cp1253", "φύλο,βάρος,αποτέλεσμα\nάνδρας,80,ναι\nγυναίκα,60,όχι\n"),
    ("cp1253", "πόλη,τιμή\nΘεσσαλονίκη,30\nΛάρισα,25\n"),
    ("cp1253", "ΟΝΟΜΑ,ΗΛΙΚΙΑ,ΠΟΛΗ\nΜΑΡΙΑ,3,ΑΘΗΝΑ\nΝΙΚΟΣ,4,ΠΑΤΡΑ\n"),
    ("cp1253", "ημερομηνία,θερμοκρασία\nΔευτέρα,30.5\nΤρίτη,25\n"),
    ("cp1256", "الاسم,العمر,المدينة\nمحمد,30,القاهرة\nفاطمة,25,الرياض\n"),
    ("cp1256", "السعر,النوع\n12.5,كبير\n7.5,صغير\n"),
    ("cp1256", "الجنس,الوزن,النتيجة\nذكر,80,نعم\nأنثى,60,لا\n"),
    ("cp1256", "نام,سن,شهر\nعلي,30,تهران\nزهرا,25,شيراز\n"),
    ("cp874", "ราคา,จำนวน,ชนิด\n12.5,3,ใหญ่\n7.5,4,เล็ก\n"),
    ("cp874", "เพศ,น้ำหนัก,ผล\nชาย,80,ใช่\nหญิง,60,ไม่\n"),
    ("cp874", "วันที่,อุณหภูมิ\nจันทร์,30.5\nอังคาร,25\n"),
    ("cp1254", "cinsiyet,ağırlık,sonuç\nerkek,80,evet\nkadın,60,hayır\n"),
    ("cp1254", "tarih,sıcaklık\nPazartesi,30.5\nSalı,25\n"),
    ("cp1254", "ŞEHİR,NÜFUS\nİSTANBUL,15\nİZMİR,4\n"),
    ("cp1254", "öğrenci,not\nGül,5\nÇağrı,4\n"),
    ("cp1251", "пол,вес,результат\nмужской,80,да\nженский,60,нет\n"),
    ("cp1251", "цена,количество,тип\n12.5,3,большой\n7.5,4,малый\n"),
    ("cp1251", "ГОРОД,НАСЕЛЕНИЕ\nМОСКВА,12\nКАЗАНЬ,1\n"),
    ("cp1251", "стать,вага,місто\nчоловік,80,Київ\nжінка,60,Львів\n"),
    ("cp1251", "пол,тегло,град\nмъж,80,София\nжена,60,Пловдив\n"),
    ("koi8_r", "пол,вес,результат\nмужской,80,да\nженский,60,нет\n"),
    ("cp866", "пол,вес,результат\nмужской,80,да\nженский,60,нет\n"),
    *(
        ("cp852", text)
        for text in (
            "město,věk,třída\nPlzeň,3,žák\nČeská Lípa,5,učitel\n", "płeć,wzrost,masa\nmężczyzna,180,80\nkobieta,165,60\n",
            "kor,súly,város\n5,6,Győr\n6,7,Pécs\n", "nume,vârstă,oraş\nIon,30,Braşov\nŞtefan,25,Iaşi\n",
            "ime,starost,mesto\nŽiga,30,Šentjur\nČrt,25,Škofja Loka\n", "województwo,ludność\nŁódzkie,5\nMazowieckie,6\n",
        )
    ),
    *(
        ("cp862", text)
        for text in (
            "שם,גיל,עיר\nדוד,30,ירושלים\nשרה,25,תל אביב\n", "מחיר,כמות,סוג\n12.5,3,גדול\n7.5,4,קטן\n9.0,5,גדול\n",
            "מין,משקל,תוצאה\nזכר,80,כן\nנקבה,60,לא\n", "עיר,אוכלוסייה\nחיפה,300\nאילת,50\n",
        )
    ),
    *(
        ("cp850", text)
        for text in (
            "navn,alder,by\nSøren,30,Århus\nÅse,25,Tromsø\n", "città,età\nForlì,3\nCefalù,4\n", "año,niño\n1,sí\n2,no\n",
            "país,região\nPortugal,São Paulo\nBrasil,Ação\n", "prénom,âge\nZoé,3\nLéa,4\n",
        )
    ),
]  # fmt: skip
